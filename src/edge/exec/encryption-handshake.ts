import { DecryptCommand } from "@aws-sdk/client-kms";
import type { Client } from "../../dispatch/context.ts";
import type { Random } from "../../kernel/random.ts";
import { ChannelCipher, dataKeyLength } from "./channel-cipher.ts";
import { encryptionChallenge, readEncryptionChallenge } from "./handshake.ts";
import type { OpenedSession } from "./ports.ts";

const challengeLength = 64;

/** What either side of a session does before its data is encrypted: the client brings a key, and proves that it has it. */
export class EncryptionHandshake {
  readonly #cipher: ChannelCipher;
  readonly #challenge: Buffer;

  private constructor(cipher: ChannelCipher, challenge: Buffer) {
    this.#cipher = cipher;
    this.#challenge = challenge;
  }

  /**
   * Begins with the client's data key, which the task's role may have KMS decrypt.
   * @param encryptedKey as KMS gave it to the client. @returns the reason, in words for the user, when that is no key.
   */
  static async begin(
    { role, random }: { readonly role: Client; readonly random: Random },
    { id, target }: Pick<OpenedSession, "id" | "target">,
    encryptedKey: Buffer | undefined,
  ): Promise<EncryptionHandshake | string> {
    if (encryptedKey === undefined) return "The client did not send a data key.";
    try {
      const { Plaintext } = await role.send(
        new DecryptCommand({
          CiphertextBlob: encryptedKey,
          EncryptionContext: { "aws:ssm:SessionId": id, "aws:ssm:TargetId": target },
        }),
      );
      if (Plaintext?.length !== dataKeyLength) {
        return `The client's data key is not of ${dataKeyLength} bytes.`;
      }
      const cipher = new ChannelCipher(Buffer.from(Plaintext), random);
      return new EncryptionHandshake(cipher, random.bytes(challengeLength));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      // The agent's words before the reason.
      return `Fetching data key failed: Unable to retrieve data key, Error when decrypting data key ${why}`;
    }
  }

  /** What the client is to send back, encrypted by itself. */
  get request(): Buffer {
    return encryptionChallenge(this.#cipher.encrypt(this.#challenge));
  }

  /** The cipher of the session; undefined when the client's answer is not that of somebody who has the key. */
  complete(answer: Buffer): ChannelCipher | undefined {
    const encrypted = readEncryptionChallenge(answer);
    const plain = encrypted && this.#cipher.decrypt(encrypted);
    return plain?.equals(this.#challenge) === true ? this.#cipher : undefined;
  }
}
