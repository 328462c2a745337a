import { route, type Route } from '../route';
import Overview from './Overview.svelte';

export const routes: readonly Route[] = [route('/overview', Overview)];
