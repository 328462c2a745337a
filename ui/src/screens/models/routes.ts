import { route, type Route } from '../route';
import Models from './Models.svelte';

export const routes: readonly Route[] = [route('/models', Models)];
