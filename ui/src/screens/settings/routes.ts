import { route, type Route } from '../route';
import Settings from './Settings.svelte';

export const routes: readonly Route[] = [route('/settings', Settings)];
