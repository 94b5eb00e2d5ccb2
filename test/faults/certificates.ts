import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { makeCertificate, type Certificate } from '../servers/certificates.ts';

const day = 86_400_000;

function once(make: () => Certificate): () => Certificate {
  let made: Certificate | undefined;
  return () => (made ??= make());
}

const authority = once(() => makeCertificate({ host: 'Prompt Notebook test authority' }));

/** Certificates of the tests, each made when it is first asked for. All but `selfSigned` are signed by one authority. */
export const certificates = {
  authority,
  good: once(() => makeCertificate({ host: '127.0.0.1', issuer: authority() })),
  expired: once(() => makeCertificate({ host: '127.0.0.1', issuer: authority(), notBefore: new Date(Date.now() - 3 * day), notAfter: new Date(Date.now() - day) })),
  otherHost: once(() => makeCertificate({ host: 'other.example', issuer: authority() })),
  selfSigned: once(() => makeCertificate({ host: '127.0.0.1' })),
};

/** This process trusts the tests' authority, too, until the returned function is called. */
export function trustTestAuthority(): () => void {
  const before = getCACertificates('default');
  setDefaultCACertificates([...before, authority().cert]);
  return () => setDefaultCACertificates(before);
}
