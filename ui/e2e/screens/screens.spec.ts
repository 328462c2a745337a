// Makes the pictures of docs/screens from the demonstration: phone and laptop, 64 colours, so that each stays small.
import { execFile } from 'node:child_process';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, type Browser, type Page } from '@playwright/test';
import type { Methods } from '../../src/backend/generated';
import { goTo, press, w } from '../fixtures';
import { Device } from '../province';
import { Demonstration, type Door } from './demonstration';

const folder = fileURLToPath(new URL('../../../docs/screens', import.meta.url));
const windows = [
  { name: 'phone', viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  { name: 'laptop', viewport: { width: 1366, height: 768 }, deviceScaleFactor: 1 },
] as const;
const mostBytes = 150_000;

/** Asks the device behind a page. */
async function call<M extends keyof Methods>(page: Page, method: M, params: Partial<Methods[M]['params']> = {}): Promise<Methods[M]['answer']> {
  return page.evaluate(
    async ([asked, given]) => {
      const body = JSON.stringify({ method: asked, params: given });
      const answer = await fetch('/api/call', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      if (!answer.ok) throw new Error(`${String(asked)}: ${await answer.text()}`);
      return answer.json();
    },
    [method, params] as const,
  );
}

async function enter(browser: Browser, address: string, window: (typeof windows)[number]): Promise<Page> {
  const { name: _, ...shape } = window;
  const page = await browser.newPage({ ...shape, locale: 'vi-VN', timezoneId: 'Asia/Ho_Chi_Minh' });
  await page.goto(address);
  await page.locator('h1').first().waitFor();
  return page;
}

/** Takes the picture of what is in the window. */
async function picture(page: Page, name: string): Promise<void> {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(300);
  const file = join(folder, `${name}.png`);
  await writeFile(file, await page.screenshot({ animations: 'disabled' }));
  // ImageMagick comes with the packages for testing. No dithering: flat surfaces stay flat.
  await promisify(execFile)('convert', [file, '-strip', '+dither', '-colors', '64', '-define', 'png:compression-level=9', `png8:${file}`]);
  expect((await stat(file)).size, file).toBeLessThan(mostBytes);
}

test('the pictures of the main screens', async ({ browser }) => {
  test.setTimeout(300_000);
  await mkdir(folder, { recursive: true });
  const demonstration = await Demonstration.play();
  try {
    const setting = await enter(browser, demonstration.address('post'), windows[1]);
    const desk = await enter(browser, demonstration.address('compiler'), windows[1]);
    const { draft, accepted } = await work(setting, desk);
    const { invitation } = await call(desk, 'enrolment.invite', { role: 'member', delegation: await delegation(desk), slot: 5, valid_days: 30 });
    await Promise.all([setting.close(), desk.close()]);

    for (const window of windows) {
      const open = (door: Door): Promise<Page> => enter(browser, demonstration.address(door), window);
      const shot = async (page: Page, at: string, name: string): Promise<void> => {
        await goTo(page, at);
        await picture(page, `${window.name}-${name}`);
      };

      const post = await open('post');
      await shot(post, '/overview', 'home-post');
      await shot(post, '/models', 'models');
      await shot(post, `/models/${draft}`, 'registration');
      await shot(post, '/sync', 'sync');

      const member = await open('member');
      await shot(member, '/overview', 'home-member');
      const { visits } = await call(member, 'visits.list');
      const visit = visits[0]?.visit ?? '';
      const { models } = await call(member, 'visits.get', { visit });
      const scored = models.find((model) => model.my_answered > 0)?.registration ?? accepted;
      await shot(member, `/visits/${visit}`, 'visit');
      await shot(member, `/visits/${visit}/score/${scored}`, 'scoring');

      const secretary = await open('secretary');
      await shot(secretary, `/visits/${visit}/agree/${scored}`, 'agreement');

      const compiler = await open('compiler');
      await shot(compiler, '/overview', 'home-compiler');
      await shot(compiler, '/totals', 'totals');

      const fresh = new Device(join(demonstration.folder, `fresh-${window.name}`));
      try {
        const page = await enter(browser, await fresh.serve(), window);
        await page.getByLabel(w('enrolment.invitation')).fill(invitation);
        await press(page, w('enrolment.inspect'));
        await page.getByLabel(w('enrolment.label')).waitFor();
        await picture(page, `${window.name}-enrolment`);
        await page.close();
      } finally {
        await fresh.close();
      }
      await Promise.all([post, member, secretary, compiler].map((page) => page.close()));
    }
    // Last, because a device that exchanges by itself leaves nothing unsent to be seen.
    for (const window of windows) {
      const page = await enter(browser, demonstration.address('post'), window);
      await call(page, 'settings.set', { language: 'vi', sunlight: false, automatic_exchange: true });
      await page.reload();
      await goTo(page, '/settings');
      await picture(page, `${window.name}-settings`);
      await page.close();
    }
  } finally {
    await demonstration.end();
  }
});

/** A little of every state at the post: a draft being written, one returned, one accepted, and something not sent. */
async function work(post: Page, compiler: Page): Promise<{ draft: string; accepted: string }> {
  const automatic = await call(post, 'status.get');
  await call(post, 'settings.set', { ...automatic.settings, automatic_exchange: false });
  // The published ones stay as they are, so that the totals in the pictures are the published totals.
  const [accepted = ''] = (await call(post, 'models.list', { filter: {} })).rows.map((row) => row.registration);
  const more = { name: 'Tổ tự quản đường biên (dữ liệu minh họa)', place: 'Xã Mường Lạn, huyện Sốp Cộp', schedule: 'Năm 2024', field: 'QPAN', kind: 'new' } as const;
  const returned = (await call(post, 'registrations.start', { cycle: null, values: more, demonstration: true })).registration;
  await call(post, 'registrations.submit', { registration: returned });
  await call(post, 'exchange.run');
  await call(compiler, 'exchange.run');
  await call(compiler, 'registrations.review', { registration: accepted, decision: 'accepted' });
  await call(compiler, 'registrations.review', { registration: returned, decision: 'returned', reason: 'Bổ sung mục tiêu đo đếm được (dữ liệu minh họa).' });
  await call(compiler, 'exchange.run');
  await call(post, 'exchange.run');
  const values = {
    name: 'Bếp ăn sáng vùng biên (dữ liệu minh họa)',
    model_kind: 'mo_hinh',
    kind: 'new',
    field: 'VHXH',
    place: 'Xã Mường Lạn, huyện Sốp Cộp',
    schedule: 'Từ tháng 9/2024, đánh giá tháng 5/2025',
    goals: 'Mỗi học sinh nội trú có bữa sáng đủ chất trước giờ học',
  } as const;
  const { registration } = await call(post, 'registrations.start', { cycle: null, values, demonstration: true });
  const figures = [{ id: null, name: 'Số học sinh được hỗ trợ', raw: 'khoảng 75', unit: 'học sinh', period: '', qualifier: null }];
  await call(post, 'registrations.save', { registration, values: { figures } });
  return { draft: registration, accepted };
}

async function delegation(compiler: Page): Promise<string> {
  const { campaigns } = await call(compiler, 'campaigns.list');
  const found = campaigns[0]?.delegations[0]?.id;
  if (!found) throw new Error('no delegation');
  return found;
}
