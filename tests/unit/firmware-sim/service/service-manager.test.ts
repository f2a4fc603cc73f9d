import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { reportToServiceManager } from "../../../../firmware-sim/service/service-manager.ts";
import { systemClock } from "../../../../service/system-clock.ts";
import { isMissing, socat, systemd } from "../../../real-components.ts";

const fail = (problem: string) => expect.fail(problem);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pondproof-notify-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe("the reader's service manager", () => {
  it("hears nothing where there is none", async () => {
    const { signal } = new AbortController();
    await reportToServiceManager({ env: {}, clock: systemClock, signal, onProblem: fail });
  });

  it("that cannot be told is no reason to stop", async () => {
    const stop = new AbortController();
    const problems: string[] = [];
    const env = { PATH: folder, NOTIFY_SOCKET: join(folder, "nobody") };
    const onProblem = (problem: string) => {
      problems.push(problem);
      stop.abort();
    };
    await reportToServiceManager({ env, clock: systemClock, signal: stop.signal, onProblem });
    expect(problems[0]).toContain("systemd-notify");
  });

  it.skipIf(isMissing(systemd) || isMissing(socat))(
    "hears by its own protocol that the reader is ready, lives, and stops",
    async () => {
      const heard = join(folder, "heard");
      const socket = join(folder, "notify");
      const listener = spawn(socat.path!, ["-u", `UNIX-RECV:${socket}`, `CREATE:${heard}`], {
        stdio: "ignore",
      });
      const stop = new AbortController();
      const said = () => readFile(heard, "utf8");
      await vi.waitFor(() => expect(existsSync(socket)).toBe(true), { timeout: 10_000 });
      const env = { PATH: process.env.PATH, NOTIFY_SOCKET: socket, WATCHDOG_USEC: "60000" };
      const reporting = reportToServiceManager({
        env,
        clock: systemClock,
        signal: stop.signal,
        onProblem: fail,
      });
      await vi.waitFor(async () => expect(await said()).toMatch(/READY=1[\s\S]*WATCHDOG=1/), {
        timeout: 20_000,
      });
      stop.abort();
      await reporting;
      await vi.waitFor(async () => expect(await said()).toContain("STOPPING=1"), { timeout: 20_000 });
      listener.kill();
      await once(listener, "exit");
    },
  );
});
