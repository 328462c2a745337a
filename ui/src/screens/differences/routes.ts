import { route, type Route } from '../route';
import Differences from './Differences.svelte';

export const routes: readonly Route[] = [route('/differences', Differences)];
