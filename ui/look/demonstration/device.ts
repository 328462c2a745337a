// A device that only recites: every answer is demonstration data, and nothing is kept. It stands in for the address
// that the browser door asks, so the screens run as they are shipped.
import { Problem, type Methods } from '../../src/backend/backend';
import { campaigns } from './campaigns';
import { differences } from './differences';
import { evidence, pictureOf } from './evidence';
import { home } from './home';
import { models } from './models';
import { profile } from './profile';
import { reference } from './reference';
import { registration } from './registration';
import type { Answers, Scene } from './scene';

const areas: readonly ((scene: Scene) => Answers)[] = [profile, home, models, registration, differences, reference, campaigns, evidence];

export function answerHere(): void {
  const query = new URLSearchParams(location.search);
  const scene: Scene = {
    role: (query.get('role') ?? 'post') as Scene['role'],
    case: (query.get('case') ?? 'some') as Scene['case'],
  };
  const answers: Answers = Object.assign({}, ...areas.map((area) => area(scene)));

  window.fetch = async (address, init) => {
    const blob = /^\/api\/media\/(.+)$/.exec(String(address))?.[1];
    if (blob) return new Response(await pictureOf(blob));
    const { method, params } = JSON.parse(String(init?.body)) as { method: keyof Methods; params: never };
    try {
      const answer = answers[method] as ((params: never) => unknown) | undefined;
      if (!answer) throw new Problem('unknown_method');
      return reply(200, answer(params));
    } catch (reason) {
      if (!(reason instanceof Problem)) throw reason;
      return reply(409, { code: reason.code, params: reason.params });
    }
  };
  window.EventSource = class extends EventTarget {
    close(): void {}
  } as unknown as typeof EventSource;
}

const reply = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });
