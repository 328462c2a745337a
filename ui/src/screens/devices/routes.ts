import { route, type Route } from '../route';
import Devices from './Devices.svelte';

export const routes: readonly Route[] = [route('/devices', Devices)];
