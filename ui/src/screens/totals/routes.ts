import { route, type Route } from '../route';
import Totals from './Totals.svelte';

export const routes: readonly Route[] = [route('/totals', Totals)];
