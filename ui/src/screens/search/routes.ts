import { route, type Route } from '../route';
import Search from './Search.svelte';

export const routes: readonly Route[] = [route('/search', Search)];
