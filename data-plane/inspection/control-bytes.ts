/** Of bytes: 1 what is no printable ASCII and no white space of plain text, but below 128. */
export const controlOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isBlank = byte === 9 || byte === 10 || byte === 13;
  return (byte < 32 && !isBlank) || byte === 127 ? 1 : 0;
});
