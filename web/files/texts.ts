/** English texts of files on records. */
export const texts = {
  title: 'Files',
  none: 'No files yet.',
  attach: 'Attach files',
  attached: (name: string) => `${name} is attached`,
  notAttached: (name: string) => `${name} was not attached`,
  remove: (name: string) => `Delete ${name}`,
  removeTitle: 'Delete this file?',
  removeText: (name: string) => `${name} is taken off this record for good.`,
  confirm: 'Delete',
  size: (bytes: number) => {
    if (bytes < 1_000) return `${bytes} B`;
    const [value, unit] = bytes < 1_000_000 ? [bytes / 1_000, 'kB'] : [bytes / 1_000_000, 'MB'];
    return `${value.toLocaleString(undefined, { maximumFractionDigits: 1 })} ${unit}`;
  },
};
