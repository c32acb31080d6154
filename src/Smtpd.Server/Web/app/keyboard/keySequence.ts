/** The second key of two must come within this time. */
const patience = 1500;

/** Finds commands by one key or by several, one after the other. */
export class KeySequence {
  private pressed: string[] = [];
  private last = -Infinity;

  /** The command that a key completes, if there is one. */
  press<T>(key: string, time: number, commands: readonly T[], keysOf: (command: T) => readonly string[]): T | undefined {
    if (time - this.last > patience) this.pressed = [];
    this.last = time;
    for (const pressed of [[...this.pressed, key], [key]]) {
      const fitting = commands.filter((each) => pressed.every((one, index) => keysOf(each)[index] === one));
      const found = fitting.find((each) => keysOf(each).length === pressed.length);
      this.pressed = found || fitting.length === 0 ? [] : pressed;
      if (found) return found;
      if (fitting.length > 0) return undefined;
    }
    return undefined;
  }
}
