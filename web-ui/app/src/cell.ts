// A cell is one value that the page follows: whoever reads it with useCell is drawn again when
// it changes. It is all the state keeping the app needs beside Preact's own hooks.
import { useEffect, useState } from "preact/hooks";

export class Cell<T> {
  private readonly followers = new Set<(value: T) => void>();

  constructor(private current: T) {}

  get value(): T {
    return this.current;
  }

  set(next: T): void {
    if (Object.is(next, this.current)) return;
    this.current = next;
    for (const follower of [...this.followers]) follower(next);
  }

  follow(follower: (value: T) => void): () => void {
    this.followers.add(follower);
    return () => {
      this.followers.delete(follower);
    };
  }
}

export function useCell<T>(cell: Cell<T>): T {
  const [value, setValue] = useState(cell.value);
  useEffect(() => {
    // The cell may have changed between the first drawing and this effect.
    setValue(() => cell.value);
    return cell.follow((next) => setValue(() => next));
  }, [cell]);
  return value;
}
