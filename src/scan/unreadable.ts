/** An image whose layers or package databases cannot be read: the message says why, as clients are told. */
export class UnreadableImage extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnreadableImage";
  }
}
