// One packed colour over another.

/** Red and blue together in one multiplication; share 0 to 256. */
export function blend(below, colour, share) {
  const belowRedBlue = below & 0xff00ff;
  const belowGreen = below & 0x00ff00;
  return (
    0xff000000 |
    ((belowRedBlue + (Math.imul((colour & 0xff00ff) - belowRedBlue, share) >> 8)) & 0xff00ff) |
    ((belowGreen + (Math.imul((colour & 0x00ff00) - belowGreen, share) >> 8)) & 0x00ff00)
  );
}
