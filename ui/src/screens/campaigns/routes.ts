import { route, type Route } from '../route';
import Campaigns from './Campaigns.svelte';

export const routes: readonly Route[] = [route('/campaigns', Campaigns)];
