// The few WebDriver requests a journey through the app's own window needs, over plain HTTP.
import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { end } from '../province';

const elementKey = 'element-6066-11e4-a52e-4f735466cecf';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** The app's window under WebKit's own driver. */
export class AppWindow {
  #session = '';

  private constructor(
    private readonly driver: ChildProcess,
    private readonly origin: string,
  ) {}

  /** Starts the app on a device's folder, or with these variables of the environment. */
  static async open(binary: string, at: string | Record<string, string>): Promise<AppWindow> {
    const port = await freePort();
    // The app gives its webview to the driver only when this variable says so.
    const env = { ...process.env, TAURI_WEBVIEW_AUTOMATION: 'true', ...(typeof at === 'string' ? { COTMOC_HOME: at } : at) };
    const driver = spawn('WebKitWebDriver', [`--port=${port}`, '--host=127.0.0.1'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
    const window = new AppWindow(driver, `http://127.0.0.1:${port}`);
    try {
      await window.#until(async () => (await fetch(`${window.origin}/status`)).ok, 'the driver answers');
      const asked = { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: [] } } } };
      const { sessionId } = (await window.#send('POST', '/session', asked)) as { sessionId: string };
      window.#session = `/session/${sessionId}`;
    } catch (reason) {
      await end(driver);
      throw reason;
    }
    return window;
  }

  async #send(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(this.origin + path, { method, headers, signal: AbortSignal.timeout(30_000), ...(body ? { body: JSON.stringify(body) } : {}) });
    const { value } = (await answer.json()) as { value: unknown };
    if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
    return value;
  }

  /** Asks again until something holds. */
  async #until(holds: () => Promise<boolean>, what: string): Promise<void> {
    const last = Date.now() + 15_000;
    let reason: unknown;
    while (Date.now() < last) {
      try {
        if (await holds()) return;
      } catch (error) {
        reason = error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const seen = this.#session ? await this.run<string>('return document.body.innerText').catch(() => '') : '';
    throw new Error(`not within 15 s: ${what}\n${reason ? String(reason) : ''}\n${seen}`);
  }

  /** Runs a script in the page and gives what it returns. */
  async run<Answer>(script: string, ...args: unknown[]): Promise<Answer> {
    return (await this.#send('POST', `${this.#session}/execute/sync`, { script, args })) as Answer;
  }

  /** The first visible element under an XPath. */
  async #find(xpath: string): Promise<string> {
    let found = '';
    await this.#until(async () => {
      const elements = (await this.#send('POST', `${this.#session}/elements`, { using: 'xpath', value: xpath })) as Record<string, string>[];
      for (const element of elements) {
        const id = element[elementKey] ?? '';
        if (await this.#send('GET', `${this.#session}/element/${id}/displayed`)) {
          found = id;
          return true;
        }
      }
      return false;
    }, xpath);
    return found;
  }

  /** Presses a button or a link by its words. */
  async press(words: string, within = ''): Promise<void> {
    const element = await this.#find(`${within}//*[self::button or self::a][normalize-space()=${quoted(words)}]`);
    await this.#send('POST', `${this.#session}/element/${element}/click`, {});
  }

  /** Types into the field with this label, key by key. */
  async type(label: string, text: string): Promise<void> {
    const element = await this.#find(`//*[@id=//label[normalize-space()=${quoted(label)}]/@for]`);
    await this.#send('POST', `${this.#session}/element/${element}/value`, { text });
  }

  /** Gives a file to the chooser with this mark, as a user does who picks it in the window of the system. */
  async give(mark: string, path: string): Promise<void> {
    const element = (await this.#send('POST', `${this.#session}/element`, { using: 'css selector', value: mark })) as Record<string, string>;
    await this.#send('POST', `${this.#session}/element/${element[elementKey] ?? ''}/value`, { text: path });
  }

  /** Chooses in the list with this label. */
  async choose(label: string, option: string): Promise<void> {
    const element = await this.#find(`//select[@id=//label[normalize-space()=${quoted(label)}]/@for]/option[@value=${quoted(option)}]`);
    await this.#send('POST', `${this.#session}/element/${element}/click`, {});
  }

  /** Waits until words stand in the page. */
  async sees(words: string, within = '//main'): Promise<void> {
    await this.#find(`${within}//*[contains(normalize-space(), ${quoted(words)})]`);
  }

  async resize(width: number, height: number): Promise<void> {
    await this.#send('POST', `${this.#session}/window/rect`, { width, height });
  }

  /** The window as a PNG. */
  async picture(): Promise<Buffer> {
    return Buffer.from((await this.#send('GET', `${this.#session}/screenshot`)) as string, 'base64');
  }

  /** Closes the app and its driver. */
  async close(): Promise<void> {
    try {
      if (this.#session) await this.#send('DELETE', this.#session);
    } finally {
      await end(this.driver);
    }
  }
}

/** A text as XPath writes it. */
const quoted = (text: string): string => (text.includes('"') ? `'${text}'` : `"${text}"`);
