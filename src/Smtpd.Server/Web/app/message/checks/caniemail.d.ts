// Typed here: what TypeScript infers from the 640 KB of it is slow and of no use.
declare module 'caniemail/caniemail.json' {
  const data: import('./support').SupportData;
  export default data;
}
