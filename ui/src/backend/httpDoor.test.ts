// @vitest-environment node
import { createServer, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { httpDoor } from './httpDoor';
import { Problem } from './problem';

const realFetch = globalThis.fetch;
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  globalThis.fetch = realFetch;
});

/** A page's origin: the door asks for a bare path, a browser resolves it. */
function pageServedFrom(port: number): void {
  globalThis.fetch = (path, init) => realFetch(`http://127.0.0.1:${port}${String(path)}`, init);
}

async function answering(status: number, body: string): Promise<string[]> {
  const asked: string[] = [];
  const listener = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (part: string) => (text += part));
    request.on('end', () => {
      asked.push(`${request.method} ${request.url} ${text}`);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  server = listener;
  await new Promise<void>((ready) => listener.listen(0, '127.0.0.1', ready));
  const address = listener.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  pageServedFrom(address.port);
  return asked;
}

async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const outcome = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (outcome instanceof Problem) return outcome;
  throw new Error('the call was expected to be refused with a Problem');
}

test('an answer comes back as it was sent, with its Vietnamese letters', async () => {
  const asked = await answering(200, '{"unit":"Đồn Biên phòng Mường Lạn"}');
  expect(await httpDoor.call('status.get', { q: 'ữ' })).toEqual({ unit: 'Đồn Biên phòng Mường Lạn' });
  expect(asked).toEqual(['POST /api/call {"method":"status.get","params":{"q":"ữ"}}']);
});

test('a refusal carries its code and only plain parameters', async () => {
  await answering(409, '{"code":"home_in_use","params":{"holder":"cotmoc","nested":{"a":1},"pid":7}}');
  const problem = await problemOf(httpDoor.call('status.get', {}));
  expect(problem.code).toBe('home_in_use');
  expect(problem.params).toEqual({ holder: 'cotmoc', pid: 7 });
});

test('an answer that is not JSON is an unreadable answer, not a crash', async () => {
  await answering(200, '<html>captive portal</html>');
  expect((await problemOf(httpDoor.call('status.get', {}))).code).toBe('door_unreadable');
});

test('a refused cookie without a body says that the session ended', async () => {
  await answering(401, '');
  expect((await problemOf(httpDoor.call('status.get', {}))).code).toBe('door_session_ended');
});

test('a program that is not running is a closed door', async () => {
  pageServedFrom(1);
  expect((await problemOf(httpDoor.call('status.get', {}))).code).toBe('door_closed');
});
