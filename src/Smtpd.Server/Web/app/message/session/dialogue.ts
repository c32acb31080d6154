export interface DialogueLine {
  by: 'client' | 'server' | 'note';
  text: string;
  /** The server said 4xx or 5xx. */
  isRefusal: boolean;
}

/** The lines of a transcript: `C: …` and `S: …`, and `-- …` about what is not shown. */
export const linesOf = (transcript: string): DialogueLine[] =>
  transcript
    .split(/\r?\n/)
    .filter((line, index, all) => line !== '' || index < all.length - 1)
    .map((line) => {
      const by = line.startsWith('C: ') ? 'client' : line.startsWith('S: ') ? 'server' : 'note';
      return { by, text: by === 'note' ? line.replace(/^-- /, '') : line.slice(3), isRefusal: by === 'server' && /^[45]\d\d/.test(line.slice(3)) };
    });
