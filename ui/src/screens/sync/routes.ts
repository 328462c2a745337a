import { route, type Route } from '../route';
import Sync from './Sync.svelte';

export const routes: readonly Route[] = [route('/sync', Sync)];
