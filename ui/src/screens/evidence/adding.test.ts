import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AddEvidence, EvidenceAdded, EvidenceKind } from '../../backend/backend';
import { Adding, largestFile } from './adding.svelte';

const realFetch = globalThis.fetch;
/** Bytes that went up, and what was asked for. */
let uploads: { path: string; bytes: number; type: string | undefined }[];
let asked: AddEvidence[];
let refuse: (request: AddEvidence) => { code: string; params: Record<string, string> } | undefined;
let added: EvidenceAdded[];

const reply = (status: number, body: unknown): Response => new Response(JSON.stringify(body), { status });

function rowOf(request: AddEvidence): EvidenceAdded {
  const kind: EvidenceKind = /\.pdf$/.test(request.name) ? 'document' : 'photo';
  const place = request.keep_place && kind === 'photo' ? { latitude: 228_233_000, longitude: 1_049_833_000 } : null;
  const row = { id: request.upload, name: request.name, caption: request.caption ?? '', kind, media_type: 'image/jpeg', bytes: 9, width: 4, height: 3 };
  const rest = { blob: 'b', complete: true, bytes_here: 9, thumbnail: null, place, held: 'this_device' as const, by: 'Máy', added_at: 0 };
  return { row: { ...row, ...rest }, list: { rows: [], may_edit: true } };
}

beforeEach(() => {
  uploads = [];
  asked = [];
  added = [];
  refuse = () => undefined;
  globalThis.fetch = async (address, init) => {
    if (address === '/api/upload') {
      const headers = new Headers(init?.headers);
      uploads.push({ path: address, bytes: (init?.body as ArrayBuffer).byteLength, type: headers.get('content-type') ?? undefined });
      return reply(200, { upload: `u${uploads.length}` });
    }
    const { params } = JSON.parse(String(init?.body)) as { params: AddEvidence };
    asked.push(params);
    const refused = refuse(params);
    return refused ? reply(422, refused) : reply(200, rowOf(params));
  };
});
afterEach(() => {
  globalThis.fetch = realFetch;
});

const file = (name: string, content = 'ảnh', type = 'image/jpeg'): File => new File([content], name, { type });
const adding = (): Adding => new Adding('r-1', (one) => added.push(one));

test('files go up one after the other as bytes, and the call names only what was answered', async () => {
  const run = adding();
  run.choose([file('một.jpg', '12345'), file('hai.jpg', '123')]);
  const [first] = run.chosen;
  if (first) first.caption = 'Bếp ăn';
  expect(await run.run()).toEqual({ added: 2, photos: 2, placed: 0 });
  expect(uploads.map(({ bytes, type }) => [bytes, type])).toEqual([[5, 'application/octet-stream'], [3, 'application/octet-stream']]);
  expect(asked.map(({ record, upload, name, caption, keep_place }) => [record, upload, name, caption, keep_place])).toEqual([
    ['r-1', 'u1', 'một.jpg', 'Bếp ăn', false],
    ['r-1', 'u2', 'hai.jpg', '', false],
  ]);
  expect(run.chosen).toEqual([]);
  expect(added).toHaveLength(2);
});

test('a file that fails stops no other, stays chosen and says its name', async () => {
  const run = adding();
  refuse = ({ name }) => (name === 'hỏng.jpg' ? { code: 'evidence_damaged', params: { name } } : undefined);
  run.choose([file('hỏng.jpg'), file('tốt.jpg')]);
  expect((await run.run()).added).toBe(1);
  expect(run.chosen.map((one) => [one.file.name, one.problem?.code, one.problem?.params['name']])).toEqual([['hỏng.jpg', 'evidence_damaged', 'hỏng.jpg']]);
});

test('a file too large for any device is refused before it is read', async () => {
  const run = adding();
  const vast = file('lớn.jpg');
  Object.defineProperty(vast, 'size', { value: largestFile + 1 });
  vast.arrayBuffer = () => Promise.reject(new Error('read'));
  run.choose([vast]);
  expect((await run.run()).added).toBe(0);
  expect(run.chosen[0]?.problem).toMatchObject({ code: 'evidence_too_large', params: { name: 'lớn.jpg', most: 20 } });
  expect(uploads).toEqual([]);
});

test('a file that went away after it was chosen is said to be unreadable', async () => {
  const run = adding();
  const gone = file('thẻ nhớ.jpg');
  gone.arrayBuffer = () => Promise.reject(new DOMException('gone', 'NotFoundError'));
  run.choose([gone]);
  await run.run();
  expect(run.chosen[0]?.problem).toMatchObject({ code: 'file_unreadable', params: { name: 'thẻ nhớ.jpg' } });
});

test('a caption is kept knowingly by a second run of that file alone', async () => {
  const run = adding();
  refuse = ({ personal_data_checked }) => (personal_data_checked ? undefined : { code: 'personal_data', params: { property: 'caption', kind: 'phone', excerpt: '0900' } });
  run.choose([file('a.jpg'), file('b.jpg')]);
  await run.run();
  const [first] = run.chosen;
  if (!first) throw new Error('both were refused');
  first.checked = true;
  expect((await run.run([first])).added).toBe(1);
  expect(asked.at(-1)?.personal_data_checked).toBe(true);
  expect(run.chosen.map((one) => one.file.name)).toEqual(['b.jpg']);
});

test('stopping keeps what was added and leaves the rest chosen', async () => {
  const run = adding();
  refuse = () => void run.stop();
  run.choose([file('a.jpg'), file('b.jpg'), file('c.jpg')]);
  expect((await run.run()).added).toBe(1);
  expect(run.chosen.map((one) => [one.file.name, one.problem])).toEqual([['b.jpg', undefined], ['c.jpg', undefined]]);
  expect(run.now).toBeUndefined();
});

test('the place is kept only when it was asked for, and documents count as none', async () => {
  const run = adding();
  run.keepPlace = true;
  run.choose([file('a.jpg'), file('kế hoạch.pdf', 'x', 'application/pdf')]);
  expect(run.chosen.map((one) => one.isDocument)).toEqual([false, true]);
  expect(await run.run()).toEqual({ added: 2, photos: 1, placed: 1 });
});
