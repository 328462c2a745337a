import { afterEach, expect, test, vi } from 'vitest';
import type { RegistrationView } from '../../backend/backend';
import { edited } from './editing.fixture.svelte';

const realFetch = globalThis.fetch;
let end: (() => void) | undefined;
// Nothing happens elsewhere while these tests run, so the line of events stays quiet.
vi.stubGlobal('EventSource', class extends EventTarget { close(): void {} });

afterEach(() => {
  end?.();
  globalThis.fetch = realFetch;
});

const first: RegistrationView = {
  registration: 'r-1',
  model: 'm-1',
  unit: 'u-1',
  unit_name: 'Đơn vị minh họa',
  cycle: null,
  year: 2026,
  values: { name: 'Bữa sáng', goals: '', place: '' },
  figures: [],
  status: 'draft',
  returned_reason: null,
  declared: null,
  late: false,
  missing: [],
  required: ['name', 'place', 'schedule'],
  changed_since_accepted: false,
  is_begun: true,
  may_edit: true,
  may_review: false,
  may_carry_over: false,
  held: 'this_device',
  differing: [],
  possible_duplicates: [],
  demonstration: true,
  unfinished: null,
};

type Asked = { method: string; params: Record<string, unknown> };

/** A small device behind the door: it saves what it is given, and refuses a phone number that nobody has looked at. */
function deviceWith(view: RegistrationView): Asked[] {
  const asked: Asked[] = [];
  let now = view;
  globalThis.fetch = async (_address, init) => {
    const { method, params } = JSON.parse(String(init?.body)) as Asked;
    asked.push({ method, params });
    if (method === 'registrations.save') {
      const values = params['values'] as Record<string, string>;
      if (Object.values(values).some((text) => /0\d{9}/.test(text)) && params['personal_data_checked'] !== true) {
        return new Response('{"code":"personal_data","params":{"property":"goals","kind":"phone","excerpt":"0900000000"}}', { status: 409 });
      }
      now = { ...now, values: { ...now.values, ...values }, unfinished: null };
    }
    return new Response(JSON.stringify(method.startsWith('registrations.') ? now : {}));
  };
  return asked;
}

const saves = (asked: readonly Asked[]): unknown[] => asked.filter((one) => one.method === 'registrations.save').map((one) => one.params['values']);
const kept = (asked: readonly Asked[]): unknown => asked.findLast((one) => one.method === 'typing.keep')?.params['contents'];

async function open(view: RegistrationView) {
  const asked = deviceWith(view);
  const opened = edited('r-1');
  end = opened.end;
  await vi.waitFor(() => expect(opened.asked.answer).toBeDefined());
  return { asked, editing: opened.editing };
}

test('leaving a group saves only what was changed in it', async () => {
  const { asked, editing } = await open(first);
  editing.type('name', 'Bữa sáng cho em', 'about');
  editing.type('goals', 'Đủ 48 em', 'plan');
  expect(editing.marks.about).toBe('draft');
  expect(await editing.save('about')).toBe(true);
  expect(saves(asked)).toEqual([{ name: 'Bữa sáng cho em' }]);
  expect(editing.marks.about).toBe('saved');
  expect(editing.dirty('plan')).toBe(true);
});

test('leaving a group in which nothing changed asks the device nothing', async () => {
  const { asked, editing } = await open(first);
  editing.type('name', 'Bữa', 'about');
  editing.type('name', 'Bữa sáng', 'about');
  expect(await editing.save('about')).toBe(true);
  expect(saves(asked)).toEqual([]);
});

test('typing is kept as it stands, and forgotten once it is saved', async () => {
  const { asked, editing } = await open(first);
  editing.type('goals', 'Đủ 48 em', 'plan');
  await editing.keep();
  expect(kept(asked)).toEqual({ goals: 'Đủ 48 em' });
  await editing.save('plan');
  expect(kept(asked)).toEqual({});
});

test('possible personal data stops the save until a person keeps the text', async () => {
  const { editing } = await open(first);
  editing.type('goals', 'Liên hệ 0900000000', 'plan');
  expect(await editing.save('plan')).toBe(false);
  expect(editing.problems.plan?.code).toBe('personal_data');
  expect(editing.value('goals')).toBe('Liên hệ 0900000000');
  expect(await editing.save('plan', true)).toBe(true);
  expect(editing.problems.plan).toBeUndefined();
});

test('typing from before a crash is offered, survives new typing, and is saved when restored', async () => {
  const unfinished = { record: 'r-1', contents: { place: 'Bản minh họa' }, typed_at: 0 };
  const { asked, editing } = await open({ ...first, unfinished });
  editing.type('goals', 'Đủ 48 em', 'plan');
  await editing.keep();
  expect(kept(asked)).toEqual({ place: 'Bản minh họa', goals: 'Đủ 48 em' });
  // A save of something else makes the device forget what it had kept; the offer stays.
  expect(await editing.save('plan')).toBe(true);
  expect(editing.unfinished).toEqual(unfinished);
  expect(kept(asked)).toEqual({ place: 'Bản minh họa' });
  await editing.restore();
  expect(saves(asked)).toEqual([{ goals: 'Đủ 48 em' }, { place: 'Bản minh họa' }]);
  expect(editing.unfinished).toBeUndefined();
});

test('unfinished typing that was let go is not kept any longer', async () => {
  const { asked, editing } = await open({ ...first, unfinished: { record: 'r-1', contents: { place: 'x' }, typed_at: 0 } });
  await editing.letGo();
  expect(kept(asked)).toEqual({});
  expect(saves(asked)).toEqual([]);
});
