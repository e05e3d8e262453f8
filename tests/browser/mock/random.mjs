// Seeded chance: the same seed makes the same store, so a failing test can be run again.

/** Returns a function that gives numbers from 0 up to 1 (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick(next, list) {
  return list[Math.floor(next() * list.length)];
}

export function whole(next, from, to) {
  return from + Math.floor(next() * (to - from + 1));
}
