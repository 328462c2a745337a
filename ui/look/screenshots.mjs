// Builds the gallery, opens it as a phone and as a laptop, runs axe on every page and keeps pictures in look/shots.
// Ends with status 1 on a serious finding, a page error or a refused resource.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const configFile = `${here}vite.config.ts`;
const pages = ['overview', 'models', 'visits', 'totals', 'sync'];
const windows = [
  { name: 'phone', viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  { name: 'laptop', viewport: { width: 1366, height: 768 } },
];

await mkdir(`${here}shots`, { recursive: true });
await build({ configFile, logLevel: 'warn' });
const server = await preview({ configFile, preview: { port: 0, strictPort: false } });
const origin = `http://127.0.0.1:${server.httpServer.address().port}/`;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
});
const wrong = [];

async function look(page, name) {
  await page.screenshot({ path: `${here}shots/${name}.png`, fullPage: !name.includes('-over-') });
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const found of violations) {
    const line = `${name}: ${found.impact} ${found.id}: ${found.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(' | ')}`;
    wrong.push(line);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) wrong.push(`${name}: ${wide} px wider than the window`);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('a, button, input, select, textarea, summary')]
      .filter((element) => element.checkVisibility() && !element.closest('.visually-hidden, .skip'))
      .map((element) => ({ element: element.closest('label') ?? element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
      .filter(({ element, box }) => (box.height < 44 || box.width < 44) && getComputedStyle(element).display !== 'inline')
      .map(({ element, box }) => `${element.tagName} ${element.className} ${Math.round(box.width)}×${Math.round(box.height)}`),
  );
  for (const one of new Set(small)) wrong.push(`${name}: target under 44 px: ${one}`);
}

for (const { name, ...options } of windows) {
  const context = await browser.newContext({ ...options, locale: 'vi-VN' });
  const page = await context.newPage();
  page.on('pageerror', (error) => wrong.push(`${name}: ${error.message}`));
  page.on('console', (message) => message.type() === 'error' && wrong.push(`${name}: ${message.text()}`));
  for (const screen of pages) {
    await page.goto(`${origin}#/${screen}`);
    await page.evaluate(() => document.fonts.ready);
    await look(page, `${name}-${screen}`);
  }
  if (options.isMobile) {
    await page.goto(`${origin}#/overview`);
    await page.getByRole('button', { name: 'Thêm', exact: true }).tap();
    await look(page, `${name}-over-more`);
    await page.getByRole('button', { name: 'Đóng' }).tap();
    await page.getByRole('button', { name: 'Tìm kiếm' }).tap();
    await look(page, `${name}-over-search`);
  }
  await page.goto(`${origin}#/visits`);
  await page.getByRole('button', { name: 'Gửi đăng ký' }).click();
  await look(page, `${name}-over-dialog`);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Lịch sử' }).click();
  await look(page, `${name}-over-drawer`);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Bỏ bản nháp' }).click();
  await look(page, `${name}-over-said`);
  await page.getByRole('button', { name: 'Đóng' }).click();
  await page.evaluate(() => localStorage.setItem('cotmoc.display', 'sunlight'));
  await page.goto(`${origin}#/models`);
  await page.reload();
  await look(page, `${name}-models-sunlight`);
  await context.close();
}

await browser.close();
await server.close();
for (const line of wrong) console.log(line);
console.log(wrong.length ? `${wrong.length} findings` : 'no findings');
process.exit(wrong.length ? 1 : 0);
