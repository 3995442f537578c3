// The status page in a real browser, beside a daemon that prove.py runs. Each line of output is a step or a fault.
// Usage: node prove.mjs BASE MODULES FOLDER; lines "import", "kill", "start", "trouble" and "away" ask prove.py to act.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import readline from "node:readline";

const [base, modules, folder] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core"), "utf8");
const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (word, text = "") => process.stdout.write(`${word} ${text}\n`);
const ask = async (word) => { say(word); await answers.next(); };
const fault = (text) => say("fault", text);

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });

async function open(options, { strict = true } = {}) {
  const page = await (await browser.newContext(options)).newPage();
  if (strict) {
    page.on("console", (line) => { if (line.type() === "error") fault(`console: ${line.text()}`); });
  }
  page.on("pageerror", (error) => fault(`page error: ${error}`));
  page.on("request", (request) => { if (!request.url().startsWith(base)) fault(`outside: ${request.url()}`); });
  await page.goto(base);
  return page;
}

const FORMS = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 } },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
};
async function look(name, options) {
  const page = await open(options);
  await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (over > 0) fault(`${name}: ${over} pixels wider than the screen`);
  const cut = await page.evaluate(() => [...document.querySelectorAll(".scroll")].filter((one) => one.scrollWidth > one.clientWidth).length);
  if (cut) fault(`${name}: ${cut} tables do not fit`);
  await page.context().close();
  const bare = await (await browser.newContext({ ...options, bypassCSP: true })).newPage();
  await bare.goto(base);
  await bare.evaluate(axe);
  const found = (await bare.evaluate(() => globalThis.axe.run())).violations;
  for (const one of found) if (["serious", "critical"].includes(one.impact)) fault(`${name}: axe ${one.id}`);
  say("seen", `${name}: axe found ${found.length} (${found.map((one) => one.id).join(", ")})`);
  await bare.context().close();
}
for (const [name, options] of Object.entries(FORMS)) await look(name, options);

const plain = await open({ ...FORMS.desktop, javaScriptEnabled: false });
if (!(await plain.locator("#queue table").count())) fault("without script there is no queue");
say("seen", "useful without script");

const page = await open(FORMS.desktop);
await ask("import");
await page.waitForSelector("#imports [data-job] progress", { timeout: 20000 });
const values = new Set();
const until = Date.now() + 60000;
while (Date.now() < until && (await page.locator("#imports [data-job]").count())) {
  values.add(await page.evaluate(() => document.querySelector("#imports progress")?.value));
  await page.waitForTimeout(50);
}
if (values.size < 3) fault(`the bar did not move: ${[...values].join(", ")}`);
if (await page.locator("#imports [data-job]").count()) fault("the import did not leave the page");
say("seen", `an import from start to end: bar at ${[...values].filter((one) => one !== undefined).join(", ")} %`);
await page.context().close();

const survivor = await open(FORMS.desktop, { strict: false }); // a lost connection is an error line of the browser's own
await ask("kill");
await survivor.waitForFunction(() => document.getElementById("link").textContent !== "", null, { timeout: 20000 });
say("seen", `killed: the page says "${await survivor.locator("#link").innerText()}"`);
await ask("start");
await survivor.waitForFunction(
  () => document.getElementById("link").textContent === "" && document.title === "thesetd: ready", null, { timeout: 60000 });
say("seen", "restarted: the page is live again by itself");
await survivor.context().close();

await ask("trouble");
for (const form of ["desktop", "phone"]) await look(`trouble-${form}`, FORMS[form]);
await ask("away");
await look("away", FORMS.desktop);
await browser.close();
say("done");
process.exit(0);
