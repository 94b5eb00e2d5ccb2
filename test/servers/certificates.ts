import { createHash, createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly cert: string;
  /** PEM (PKCS #8). */
  readonly key: string;
  readonly name: string;
}

export interface CertificateRequest {
  /** Common name, and a DNS name or IPv4 address that it is good for. */
  readonly host: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Who signs; absent: it signs itself and is an authority. */
  readonly issuer?: Certificate;
}

const day = 86_400_000;

/**
 * An X.509 certificate over P-256 (RFC 5280), made here so that tests need neither `openssl` nor keys in the repository. It is for
 * tests on loopback only.
 */
export function makeCertificate(request: CertificateRequest): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const now = Date.now();
  const issuerName = request.issuer?.name ?? request.host;
  const signer: KeyObject = request.issuer === undefined ? privateKey : createPrivateKey(request.issuer.key);
  const tbs = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(createHash('sha256').update(spki).digest().subarray(0, 8)),
    ecdsaWithSha256,
    distinguishedName(issuerName),
    sequence(utcTime(request.notBefore ?? new Date(now - day)), utcTime(request.notAfter ?? new Date(now + day))),
    distinguishedName(request.host),
    spki,
    explicit(3, sequence(
      extension('2.5.29.19', sequence(...(request.issuer === undefined ? [boolean(true)] : [])), true),
      extension('2.5.29.17', sequence(alternativeName(request.host)), false),
    )),
  );
  const der = sequence(tbs, ecdsaWithSha256, bitString(sign('sha256', tbs, signer)));
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    name: request.host,
  };
}

// DER (X.690), as much of it as a certificate needs.

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const length: number[] = [];
  if (body.length < 0x80) length.push(body.length);
  else {
    for (let rest = body.length; rest > 0; rest >>>= 8) length.unshift(rest & 0xff);
    length.unshift(0x80 | length.length);
  }
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

function sequence(...items: readonly Uint8Array[]): Buffer {
  return der(0x30, ...items);
}

function explicit(tag: number, content: Uint8Array): Buffer {
  return der(0xa0 | tag, content);
}

/** A number that is not negative: a leading zero byte where the first bit is set. */
function integer(bytes: Uint8Array): Buffer {
  return der(0x02, ...(bytes[0]! >= 0x80 ? [Buffer.from([0])] : []), bytes);
}

function boolean(value: boolean): Buffer {
  return der(0x01, Buffer.from([value ? 0xff : 0]));
}

function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), bytes);
}

function objectId(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]];
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const group = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) group.unshift((left & 0x7f) | 0x80);
    bytes.push(...group);
  }
  return der(0x06, Buffer.from(bytes));
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

function distinguishedName(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(commonName, 'utf8')))));
}

/** `YYMMDDHHMMSSZ`: good until 2049. */
function utcTime(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`, 'ascii'));
}

function extension(id: string, value: Uint8Array, critical: boolean): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), der(0x04, value));
}

function alternativeName(host: string): Buffer {
  return /^\d+(\.\d+){3}$/.test(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host, 'ascii'));
}
