import { kept } from '../state/kept';

const most = 30;

/** Searches that this browser keeps, the newest last. */
export const saved = kept<string[]>('searches', [], (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'));

export const isSaved = (query: string): boolean => saved.value.includes(query);

export const toggleSaved = (query: string): void => {
  saved.value = isSaved(query) ? saved.value.filter((each) => each !== query) : [...saved.value, query].slice(-most);
};
