import { route, type Route } from '../route';
import Criteria from './Criteria.svelte';
import Cycles from './Cycles.svelte';
import Import from './Import.svelte';
import Schemes from './Schemes.svelte';
import Units from './Units.svelte';

export const routes: readonly Route[] = [
  route('/reference', Units),
  route('/reference/cycles', Cycles),
  route('/reference/schemes', Schemes),
  route('/reference/criteria', Criteria),
  route('/reference/import', Import),
];
