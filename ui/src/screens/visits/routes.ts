import { route, type Route } from '../route';
import Visit from './Visit.svelte';
import Visits from './Visits.svelte';

export const routes: readonly Route[] = [route('/visits/:visit', Visit), route('/visits', Visits)];
