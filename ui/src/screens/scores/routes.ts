import { route, type Route } from '../route';
import Agreement from './Agreement.svelte';
import Scoring from './Scoring.svelte';

export const routes: readonly Route[] = [
  route('/visits/:visit/score/:registration', Scoring),
  route('/visits/:visit/agree/:registration', Agreement),
];
