import { expect, goTo, muongLan, test } from '../fixtures';

// A4 less the margins of the page, at 96 px to an inch; lying, it is wide enough for the frame of a laptop.
const papers = [
  { name: 'upright', width: 624, height: 972 },
  { name: 'lying', width: 952, height: 642 },
] as const;

test('a printed page is black on white: nothing of the frame is behind it, also on lying paper', async ({ province, open }) => {
  const post = await province.post('post', muongLan);
  await post.register('Bữa sáng cho em');
  const page = await open(post, '/totals');
  for (const at of ['/totals', '/models']) {
    for (const { name, ...paper } of papers) {
      await page.emulateMedia({ media: 'screen' });
      await page.setViewportSize({ width: 1366, height: 768 });
      await goTo(page, at);
      await page.locator('table').first().waitFor();
      await page.emulateMedia({ media: 'print' });
      await page.setViewportSize(paper);
      const printed = await page.evaluate(() => {
        const behind: string[] = [];
        for (let element = document.querySelector('main h1'); element; element = element.parentElement) {
          const { backgroundColor, backgroundImage } = getComputedStyle(element);
          if (!['rgba(0, 0, 0, 0)', 'rgb(255, 255, 255)'].includes(backgroundColor) || backgroundImage !== 'none') behind.push(`${element.tagName} ${element.className}: ${backgroundColor} ${backgroundImage}`);
        }
        const frame = [...document.querySelectorAll('nav, header.top, section.chip')].filter((element) => element.checkVisibility()).map((element) => element.className);
        return { behind, frame, wide: document.documentElement.scrollWidth };
      });
      expect(printed, `${at} ${name}`).toEqual({ behind: [], frame: [], wide: paper.width });
    }
  }
});
