import { route, type Route } from '../route';
import Registration from './Registration.svelte';
import UnitFigures from './UnitFigures.svelte';

export const routes: readonly Route[] = [route('/models/:registration', Registration), route('/unit-figures', UnitFigures)];
