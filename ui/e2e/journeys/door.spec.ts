import { expect, test } from '../fixtures';
import { ask } from '../raw';

test.beforeEach(async ({ province }) => {
  await province.compiler.serve();
});

const call = JSON.stringify({ method: 'status.get', params: {} });

test('without the secret of this start there is no page and no data', async ({ province }) => {
  const { origin, searchParams } = new URL(province.compiler.address);
  for (const path of ['/', '/index.html', '/assets/', '/api/events', '/?key=', `/?key=${'A'.repeat(searchParams.get('key')?.length ?? 0)}`]) {
    const { status, body, headers } = await ask(`${origin}${path}`);
    expect(status, path).toBe(401);
    expect(JSON.parse(body), path).toEqual({ code: 'door_session_ended', params: {} });
    expect(headers['set-cookie'], path).toBeUndefined();
  }
  const posted = { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: call };
  const refused = await ask(`${origin}/api/call`, posted);
  expect(refused.status).toBe(401);
  expect(refused.body).not.toContain('Sơn La');
  const guessed = await ask(`${origin}/api/call`, { ...posted, headers: { ...posted.headers, cookie: `cotmoc_${new URL(origin).port}=guessed` } });
  expect(guessed.status).toBe(401);
});

test('the secret becomes a cookie that scripts and other sites never see, and leaves the address', async ({ province }) => {
  const entered = await ask(province.compiler.address);
  expect(entered.status).toBe(303);
  expect(entered.headers.location).toBe('/');
  expect(entered.headers['set-cookie']?.[0]).toMatch(/^cotmoc_\d+=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/);
});

test('a request for another host or from a foreign origin is refused, even with the secret', async ({ province }) => {
  const { origin, port, host } = new URL(province.compiler.address);
  const cookie = (await ask(province.compiler.address)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const own = { origin, cookie, 'content-type': 'application/json' };
  const allowed = await ask(`${origin}/api/call`, { method: 'POST', headers: own, body: call });
  expect(allowed.status).toBe(200);

  const foreign = [
    ['another name for this machine', { ...own, host: `evil.example:${port}`, origin: `http://evil.example:${port}` }],
    ['another port', { ...own, host: '127.0.0.1:1' }],
    ['another site', { ...own, origin: 'https://evil.example' }],
    ['another program on this machine', { ...own, origin: `http://127.0.0.1:${Number(port) - 1}` }],
    ['an origin without a name', { ...own, origin: 'null' }],
    ['the same host over another scheme', { ...own, origin: `https://${host}` }],
    ['no origin at all', { ...own, origin: undefined }],
  ] as const;
  for (const [who, headers] of foreign) {
    const { status, body } = await ask(`${origin}/api/call`, { method: 'POST', headers, body: call });
    expect(status, who).toBe(403);
    expect(JSON.parse(body), who).toEqual({ code: 'foreign_origin', params: {} });
  }
  for (const path of ['/', '/api/events', new URL(province.compiler.address).search]) {
    expect((await ask(`${origin}${path.startsWith('/') ? path : `/${path}`}`, { headers: { cookie, host: `evil.example:${port}` } })).status, path).toBe(403);
  }
});

test('the page may run its own files only', async ({ province, open }) => {
  const { origin } = new URL(province.compiler.address);
  const cookie = (await ask(province.compiler.address)).headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  const { headers, status } = await ask(`${origin}/`, { headers: { cookie } });
  expect(status).toBe(200);
  expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['referrer-policy']).toBe('no-referrer');
  expect(headers['permissions-policy']).toBe('camera=(self), display-capture=(), geolocation=(), microphone=()');

  const page = await open(province.compiler);
  expect(page.url()).not.toContain('key=');
  expect(await page.evaluate(() => document.cookie)).toBe('');
});
