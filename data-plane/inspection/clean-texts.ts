import { hash } from "node:crypto";
import type { PromptContext } from "./prompt-injection/prompt-injection.ts";
import type { TextSettings } from "./text-detectors.ts";

/** Shorter texts take less time than it takes to find out whether they are known, or little more. */
const leastLength = 4_096;
/** Longer keys stand with no text that is read again and again, and would make names long. */
const longestKey = 128;
const maxNames = 10_000;
const samples = 64;
/** A power of two. */
const slots = 16_384;

/** All that decides what is found in a text, but for the text. */
export interface Judging {
  readonly settings: TextSettings;
  readonly context: PromptContext;
  /** Whether tokens that are not ours are. */
  readonly escapesTokens: boolean;
  /** Of the tenant: no tenant can tell by the time what others have read. */
  readonly redactionKey: Buffer;
  /** Undefined: none is read with it. */
  readonly key: string | undefined;
}

/**
 * Which long texts had nothing in them, so that a file that is read again need not be looked through again. A text is known by its
 * SHA-256 together with all that was looked for in it, never by less. What comes for the first time is not hashed: that
 * would cost a tenth of looking through it.
 */
export class CleanTexts {
  /** Of each text that was asked about lately a number, which others may have, too. */
  readonly #seen = new Uint32Array(slots);
  /** What was asked about last comes last. */
  readonly #names = new Set<string>();
  readonly #settingsNames = new WeakMap<TextSettings, string>();
  readonly #ids = new WeakMap<object, number>();
  #lastId = 0;

  /** What the text is remembered by. Undefined: it is short, or there was none like it before. */
  nameOf(text: string, judging: Judging): string | undefined {
    if (text.length < leastLength || !this.#wasSeen(text)) return undefined;
    const { key, context, settings, escapesTokens, redactionKey } = judging;
    if (key !== undefined && key.length > longestKey) return undefined;
    // In UTF-8 all halves of characters are the same one.
    if (!text.isWellFormed()) return undefined;
    const digest = hash("sha256", text, "base64");
    const tenant = this.#idOf(redactionKey);
    const sought = this.#settingsNameOf(settings);
    return JSON.stringify([digest, tenant, sought, escapesTokens, context, key]);
  }

  /** Whether nothing was found in what is remembered by this name. */
  has(name: string): boolean {
    if (!this.#names.delete(name)) return false;
    this.#names.add(name);
    return true;
  }

  /** Remembers that there is nothing to find. Forgets what nobody asked about for longest. */
  add(name: string): void {
    this.#names.add(name);
    const [oldest] = this.#names;
    if (this.#names.size > maxNames && oldest !== undefined) this.#names.delete(oldest);
  }

  #wasSeen(text: string): boolean {
    const number = numberOf(text);
    const slot = number & (slots - 1);
    const wasSeen = this.#seen[slot] === number;
    this.#seen[slot] = number;
    return wasSeen;
  }

  #settingsNameOf(settings: TextSettings): string {
    const known = this.#settingsNames.get(settings);
    if (known !== undefined) return known;
    const name = hash("sha256", this.#written(settings), "base64");
    this.#settingsNames.set(settings, name);
    return name;
  }

  /** Settings are made anew for each call, out of the same parts: what cannot be written down stands for itself. */
  #written(settings: TextSettings): string {
    return JSON.stringify(settings, (_, value: unknown) =>
      isOpaque(value) ? { id: this.#idOf(value) } : value,
    );
  }

  #idOf(value: object): number {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    this.#lastId += 1;
    this.#ids.set(value, this.#lastId);
    return this.#lastId;
  }
}

/** Patterns, globs and maps. */
function isOpaque(value: unknown): value is object {
  if (typeof value === "function") return true;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.getPrototypeOf(value) !== Object.prototype;
}

/** Of the length and a few characters. */
function numberOf(text: string): number {
  const step = text.length / samples;
  let number = text.length;
  for (let sample = 0; sample < samples; sample += 1) {
    number = Math.imul(number ^ text.charCodeAt(Math.floor(sample * step)), 0x9e3779b1);
    number ^= number >>> 15;
  }
  return number >>> 0;
}
