// Runs a script of the project on a machine that has git, npm and Node 20 or newer, and nothing else.
// Plain JavaScript, since Node 20 must read it: brings the right Node from the npm registry, installs what the lock
// file names, builds what changed, and hands over. On a machine where all of that is there it adds nothing.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const NODE_MAJOR = 24;
// Exact, so that everybody runs the same one; only machines with an older Node fetch it.
const NODE_PACKAGE = "node@24.21.0";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...args] = process.argv.slice(2);
const say = (line) => process.stderr.write(`${line}\n`);

if (script === undefined) {
  say("usage: node tooling/launch.mjs SCRIPT [ARGUMENTS]");
  process.exitCode = 2;
} else if (Number(process.versions.node.split(".")[0]) < NODE_MAJOR) {
  say(`Node ${process.versions.node} is here; bringing Node ${NODE_MAJOR} from the npm registry`);
  const self = fileURLToPath(import.meta.url);
  process.exitCode = await run(npm("npx"), ["-y", "-p", NODE_PACKAGE, "--", "node", self, script, ...args]);
} else {
  process.exitCode =
    (await install()) ||
    (await run(process.execPath, [join(root, "tooling/build.ts")])) ||
    (await handOver());
}

async function install() {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules/.package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return 0;
  say("installing dependencies (once, about half a minute)");
  // Under the right Node: npm on an older one silently leaves out native packages that ask for a newer one.
  return run(npm("npm"), ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { stdio: ["ignore", 2, 2] });
}

function handOver() {
  return run(process.execPath, [join(root, script), ...args], { cwd: process.cwd() });
}

function npm(name) {
  return process.platform === "win32" ? `${name}.cmd` : name;
}

/** Runs a program to its end; a signal that reaches us reaches it too, and its exit code becomes ours. */
function run(program, programArgs, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, programArgs, {
      cwd: root,
      stdio: "inherit",
      shell: process.platform === "win32",
      env: {
        ...process.env,
        HARDHAT_DISABLE_TELEMETRY: "true",
        PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      },
      ...options,
    });
    // A terminal's Ctrl-C goes to the whole group already: stay alive until the child has ended by itself.
    const ignore = () => undefined;
    const forward = () => child.kill("SIGTERM");
    process.on("SIGINT", ignore).on("SIGTERM", forward);
    child.on("error", (error) => {
      say(`cannot start ${program}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) => {
      process.off("SIGINT", ignore).off("SIGTERM", forward);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}
