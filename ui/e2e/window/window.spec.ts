import { writeFile } from 'node:fs/promises';
import { expect, test, w } from '../fixtures';
import { program } from '../province';
import { AppWindow } from './webdriver';

const name = 'Nâng bước em tới trường, thắp sáng đường biên';

test('in the app’s own window a post types a Vietnamese name, submits, exchanges and sees the province hold it', async ({ province }, info) => {
  const post = await province.post('post');
  const window = await AppWindow.open(program('cotmoc-app'), post.home);
  try {
    await window.press(w('nav.models'), '//nav');
    await window.press(w('model.add'));
    await window.type(w('property.name'), name);
    // Leaving the group saves it; nothing was pressed to save.
    await window.type(w('property.place'), 'Bản Cáp Ven');
    await window.sees(w('common.savedMark'));
    await window.type(w('property.schedule'), 'Cả năm 2024');
    await window.choose(w('property.field'), 'VHXH');
    await window.press(w('model.submit'));
    await window.press(w('model.submit'), '//dialog');
    await window.sees(w('status.submitted'));
    expect(await window.run<string>('return document.querySelector("main h1").textContent.normalize("NFC")')).toBe(name);

    await window.press(w('nav.sync'), '//nav');
    await window.press(w('sync.now'));
    await window.sees(w('sync.done'));
    await window.press(w('nav.models'), '//nav');
    await window.sees(w('models.count', { n: 1 }));
    await window.sees(w('sync.groupProvince'));
    await writeFile(info.outputPath('window.png'), await window.picture());

    const thumbBar = 'return getComputedStyle(document.querySelector("nav.foot")).display !== "none"';
    expect(await window.run<boolean>(thumbBar)).toBe(false);
    await window.resize(390, 844);
    await expect.poll(() => window.run<number>('return innerWidth')).toBeLessThanOrEqual(390);
    expect(await window.run<boolean>(thumbBar)).toBe(true);
    expect(await window.run<number>('return document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    await writeFile(info.outputPath('window-phone.png'), await window.picture());
  } finally {
    await window.close();
  }

  await province.compiler.exchange();
  const { rows } = await province.compiler.call('models.list', { filter: {} });
  expect(rows.map((row) => row.name)).toEqual([name]);
});
