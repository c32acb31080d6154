export const KeyNames = ({ keys }: { keys: readonly string[] }) => (
  <span class="keys">
    {keys.map((key) => <kbd key={key}>{key.replace('Ctrl+k', 'Ctrl K')}</kbd>)}
  </span>
);
