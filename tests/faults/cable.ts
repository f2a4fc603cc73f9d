import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { pipeline } from "node:stream";

/** A wire between two parts that can be cut: connections break, and new ones are refused until it is mended. */
export type Cable = {
  readonly name: string;
  /** Where the near end is plugged in. */
  readonly port: number;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
};

/** Lays a wire to a port. */
export async function layCable({
  name,
  host,
  to,
}: {
  name: string;
  host: string;
  to: number;
}): Promise<Cable> {
  const ends = new Set<Socket>();
  let isCut = false;
  const hold = (end: Socket) => {
    ends.add(end);
    end.once("close", () => ends.delete(end));
    return end;
  };
  const server = createServer((near) => {
    hold(near);
    if (isCut) return near.destroy();
    const far = hold(connect(to, host));
    // A broken end breaks the other: that is what a cut looks like, not an error of ours.
    pipeline(near, far, near, () => {
      near.destroy();
      far.destroy();
    });
    return undefined;
  }).listen(0, host);
  await once(server, "listening");
  const cutAll = () => {
    for (const end of ends) end.destroy();
  };
  return {
    name,
    port: (server.address() as AddressInfo).port,
    cut() {
      isCut = true;
      cutAll();
    },
    mend() {
      isCut = false;
    },
    async close() {
      isCut = true;
      cutAll();
      server.close();
      await once(server, "close");
    },
  };
}
