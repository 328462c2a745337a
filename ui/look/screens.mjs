// Builds the look pages and opens the real screens on demonstration answers, as a phone and as a laptop, with axe.
// `node look/screens.mjs name…` takes only the pictures whose names contain one of the words.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { build, preview } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const configFile = `${here}vite.config.ts`;
const only = process.argv.slice(2);

const press = (name) => (page) => page.getByRole('button', { name, exact: true }).first().click();
// Name, who and what, address, and what is done before looking.
const shots = [
  ['start', 'role=nobody&case=some', '#/'],
  ['start-empty', 'role=nobody&case=empty', '#/'],
  ['start-unlock', 'role=nobody&case=some', '#/', (page) => page.getByRole('button', { name: /vận động/ }).click()],
  ['enrolment', 'role=nobody&case=error', '#/', async (page) => {
    await page.getByRole('textbox').fill('cotmoc1:minh-hoa');
    await press('Xem thư mời')(page);
    await page.getByText('Dấu khóa của tỉnh', { exact: true }).waitFor();
  }],
  ['enrolment-error', 'role=nobody&case=error', '#/', async (page) => {
    await page.getByRole('textbox').fill('chào');
    await press('Xem thư mời')(page);
    await page.getByRole('alert').waitFor();
  }],
  ['home-post', 'role=post&case=some', '#/overview'],
  ['home-post-empty', 'role=post&case=empty', '#/overview'],
  ['home-member', 'role=member&case=some', '#/overview'],
  ['home-compiler', 'role=compiler&case=many', '#/overview'],
  ['models-post', 'role=post&case=some', '#/models'],
  ['models-many', 'role=compiler&case=many', '#/models'],
  ['models-empty', 'role=post&case=empty', '#/models'],
  ['models-error', 'role=post&case=error', '#/models'],
  ['models-filtered', 'role=compiler&case=many', `#/models?filter=${encodeURIComponent(JSON.stringify({ cycle: 'c-2026', unit: 'u-b', field: 'KT', counted: true, status: 'active' }))}`],
  ['registration', 'role=post&case=some', '#/models/r-0'],
  ['registration-empty', 'role=post&case=empty', '#/models/r-0'],
  ['registration-review', 'role=compiler&case=some', '#/models/r-0'],
  ['registration-over-history', 'role=post&case=some', '#/models/r-0', async (page) => {
    await press('Lịch sử')(page);
    await page.getByText('Máy tính tổng hợp').waitFor();
  }],
  ['registration-over-return', 'role=compiler&case=some', '#/models/r-0', press('Trả lại để bổ sung')],
  ['registration-submit', 'role=post&case=some', '#/models/r-0', async (page) => {
    await press('Gửi đăng ký')(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Gửi đăng ký' }).click();
    await page.getByText('Cần có trước khi gửi đăng ký.').first().waitFor();
  }],
  ['registration-over-evidence', 'role=post&case=some', '#/models/r-0', (page) => page.getByRole('button', { name: /^Xem Bữa sáng/ }).click()],
  ['registration-over-evidence-missing', 'role=post&case=some', '#/models/r-0', (page) => page.getByRole('button', { name: /^Xem Bàn giao/ }).click()],
  ['registration-personal', 'role=post&case=some', '#/models/r-0', async (page) => {
    await page.getByLabel('Nội dung, cách làm', { exact: true }).fill('Liên hệ 0900000000');
    await page.getByLabel('Nguồn lực', { exact: true }).focus();
    await page.getByRole('button', { name: 'Giữ nội dung' }).waitFor();
  }],
  ['unit-figures', 'role=post&case=some', '#/unit-figures'],
  ['differences', 'role=compiler&case=some', '#/differences'],
  ['differences-empty', 'role=post&case=empty', '#/differences'],
  ['search', 'role=post&case=some', '#/search?q=bien'],
  ['search-empty', 'role=post&case=empty', '#/search?q=kh%C3%B4ng'],
  ['units', 'role=compiler&case=some', '#/reference'],
  ['units-many', 'role=post&case=many', '#/reference'],
  ['units-empty', 'role=compiler&case=empty', '#/reference'],
  ['cycles', 'role=compiler&case=some', '#/reference/cycles', press('Mở đợt đăng ký')],
  ['schemes', 'role=post&case=some', '#/reference/schemes'],
  ['criteria', 'role=post&case=some', '#/reference/criteria', (page) => page.getByText('Các tiêu chí').click()],
  ['import', 'role=compiler&case=some', '#/reference/import', async (page) => {
    await page.locator('input[type=file]').setInputFiles({ name: 'don-vi-minh-hoa.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('x') });
    await page.getByText('Dòng chưa đúng: 3').first().waitFor();
  }],
];
const windows = [
  { name: 'phone', viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true },
  { name: 'laptop', viewport: { width: 1366, height: 768 } },
];

await mkdir(`${here}shots`, { recursive: true });
await build({ configFile, logLevel: 'warn' });
const server = await preview({ configFile, preview: { port: 0, strictPort: false } });
const origin = `http://127.0.0.1:${server.httpServer.address().port}/screens.html`;
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
});
const wrong = [];

async function look(page, name) {
  await page.screenshot({ path: `${here}shots/${name}.png`, fullPage: !name.includes('-over-') });
  const { violations } = await new AxeBuilder({ page }).analyze();
  for (const found of violations) {
    wrong.push(`${name}: ${found.impact} ${found.id}: ${found.nodes.map((node) => node.target.join(' ')).slice(0, 4).join(' | ')}`);
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

for (const { name: device, ...options } of windows) {
  const context = await browser.newContext({ ...options, locale: 'vi-VN' });
  for (const [shot, scene, address, act] of shots) {
    const name = `${device}-${shot}`;
    if (only.length && !only.some((word) => name.includes(word))) continue;
    const page = await context.newPage();
    page.on('pageerror', (error) => wrong.push(`${name}: ${error.message}`));
    page.on('console', (message) => message.type() === 'error' && wrong.push(`${name}: ${message.text()}`));
    try {
      await page.goto(`${origin}?${scene}${address}`);
      await page.locator('h1').first().waitFor({ timeout: 5000 });
      await page.evaluate(() => document.fonts.ready);
      page.setDefaultTimeout(5000);
      await act?.(page);
      await page.waitForTimeout(80);
      await look(page, name);
    } catch (error) {
      wrong.push(`${name}: ${error.message.split('\n')[0]}`);
      await page.screenshot({ path: `${here}shots/${name}.png` });
    }
    await page.close();
  }
  await context.close();
}

await browser.close();
await server.close();
for (const line of wrong) console.log(line);
console.log(wrong.length ? `${wrong.length} findings` : 'no findings');
process.exit(wrong.length ? 1 : 0);
