// The one WebSocket. It says hello, carries requests as JSON-RPC 2.0, hands notifications on,
// notices a silent peer, and comes back by itself with a jittered wait.
//
//   connecting ──hello answered──► up ──cut or silent──► away ──wait, then try──► connecting
//
// A request that was on its way when the line was cut fails with Cut: whoever asked decides
// whether asking again is right (a command may be asked again, because its id makes it safe).
import { Cell } from "../cell";
import { nowMs, setNodeTime } from "./clock";
import type { Hello } from "./rows";

const SUBPROTOCOL = "backroom.v1";
const WAIT_FIRST_MS = 250;
const WAIT_MAX_MS = 8000;
const REQUEST_MS = 10000;
const HELLO_MS = 5000;
// The node pings every 20 s, which a page cannot see; so after this silence the page asks.
const SILENCE_MS = 15000;
// The node's time may be put right, or this machine's: so it is asked for again.
const TIME_MS = 60000;

export class Cut extends Error {}

export class Refused extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

export interface Line {
  state: "connecting" | "up" | "away";
  /** When the state began, and when the last message came; node time, 0 is never. */
  since: number;
  lastGood: number;
}

interface Waiting {
  settle: (result: unknown) => void;
  fail: (error: Error) => void;
  timer: number;
}

export interface Reply {
  id?: number | null;
  result?: unknown;
  error?: { code: number; message: string };
  method?: string;
  params?: unknown;
}

export class Connection {
  readonly line = new Cell<Line>({ state: "connecting", since: nowMs(), lastGood: 0 });
  readonly hello = new Cell<Hello | null>(null);
  private socket: WebSocket | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Map<string, (params: unknown) => void>();
  private nextId = 1;
  private attempt = 0;
  private retryTimer = 0;
  /** By the clock that nobody sets: when the last message came, and the node's time. */
  private heardMs = 0;
  private toldMs = 0;

  constructor(private readonly address: string) {}

  start(): void {
    setInterval(() => this.watchSilence(), 1000);
    // A tablet that wakes up, or a cable put back, should not wait for its turn.
    document.addEventListener("visibilitychange", () => this.tryNow());
    addEventListener("online", () => this.tryNow());
    this.open();
  }

  tryNow(): void {
    if (document.visibilityState === "hidden" || this.line.value.state !== "away") return;
    this.attempt = 0;
    this.open();
  }

  onNotify(method: string, listener: (params: unknown) => void): void {
    this.listeners.set(method, listener);
  }

  /** Calls the listener each time the line comes up, after the node said hello. */
  onUp(listener: () => void): () => void {
    let was = this.line.value.state;
    return this.line.follow(({ state }) => {
      const rose = state === "up" && was !== "up";
      was = state;
      if (rose) listener();
    });
  }

  get up(): boolean {
    return this.line.value.state === "up";
  }

  async request<T>(method: string, params: unknown): Promise<T> {
    // Right after the page loaded it is too early to call the node away.
    if (this.line.value.state === "connecting") await this.decided();
    if (!this.up) throw new Cut("the node is away");
    return this.ask<T>(method, params, REQUEST_MS);
  }

  private decided(): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.line.follow(() => {
        stop();
        resolve();
      });
    });
  }

  private ask<T>(method: string, params: unknown, limitMs: number): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject(new Cut(`${method}: no answer in ${limitMs} ms`));
      }, limitMs);
      this.waiting.set(id, {
        settle: (result) => resolve(result as T), fail: reject, timer,
      });
      this.socket?.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  private open(): void {
    clearTimeout(this.retryTimer);
    this.socket?.close();
    const socket = new WebSocket(this.address, SUBPROTOCOL);
    this.socket = socket;
    this.heardMs = this.toldMs = performance.now();
    socket.onopen = () => void this.greet(socket);
    socket.onmessage = (event) => this.receive(socket, event);
    socket.onclose = () => this.lose(socket);
  }

  private async greet(socket: WebSocket): Promise<void> {
    try {
      const hello = await this.ask<Hello>("hello", {}, HELLO_MS);
      if (socket !== this.socket) return;
      this.attempt = 0;
      setNodeTime(hello.time);
      this.hello.set(hello);
      this.line.set({ state: "up", since: nowMs(), lastGood: nowMs() });
    } catch {
      if (socket === this.socket) this.lose(socket);
    }
  }

  private receive(socket: WebSocket, event: MessageEvent): void {
    if (socket !== this.socket || typeof event.data !== "string") return;
    this.heardMs = performance.now();
    let reply: Reply;
    try {
      reply = JSON.parse(event.data) as Reply;
    } catch {
      return;
    }
    if (this.line.value.state === "up") {
      // Changed in place: nobody is drawn again only because a message came.
      this.line.value.lastGood = nowMs();
    }
    if (typeof reply.method === "string") this.listeners.get(reply.method)?.(reply.params);
    else this.answer(reply);
  }

  private answer(reply: Reply): void {
    const waiting = typeof reply.id === "number" ? this.waiting.get(reply.id) : undefined;
    if (waiting === undefined || typeof reply.id !== "number") return;
    this.waiting.delete(reply.id);
    clearTimeout(waiting.timer);
    if (reply.error !== undefined)
      waiting.fail(new Refused(reply.error.code, reply.error.message));
    else waiting.settle(reply.result);
  }

  private lose(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = null;
    socket.close();
    for (const [id, waiting] of [...this.waiting]) {
      this.waiting.delete(id);
      clearTimeout(waiting.timer);
      waiting.fail(new Cut("the line was cut"));
    }
    const { state, since, lastGood } = this.line.value;
    this.line.set({ state: "away", since: state === "away" ? since : nowMs(), lastGood });
    const ceiling = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** this.attempt++);
    this.retryTimer = setTimeout(() => this.open(), ceiling * (0.5 + Math.random() / 2));
  }

  private watchSilence(): void {
    const socket = this.socket;
    const now = performance.now();
    if (socket === null || (now - this.heardMs < SILENCE_MS && now - this.toldMs < TIME_MS)) return;
    if (socket.readyState !== WebSocket.OPEN) {
      this.lose(socket);
      return;
    }
    this.heardMs = this.toldMs = now;
    this.ask<Hello>("hello", {}, HELLO_MS).then(({ time }) => setNodeTime(time),
      () => this.lose(socket));
  }
}

function address(): string {
  return `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;
}

export const connection = new Connection(address());
