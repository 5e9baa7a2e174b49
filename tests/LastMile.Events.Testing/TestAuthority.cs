using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LastMile.Events.Testing;

/// <summary>
/// A private certificate authority for one test, and a certificate from it for the loopback address and <see cref="HostName"/>, as PEM
/// files.
/// </summary>
public sealed class TestAuthority : IDisposable
{
    /// <summary>A name in the certificate that no server has.</summary>
    public const string HostName = "redis.test";

    private readonly string folder = Directory.CreateTempSubdirectory("lastmile-tls-").FullName;

    /// <summary>Creates the certificates.</summary>
    public TestAuthority()
    {
        var (from, to) = (TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=authority {Guid.NewGuid():N}", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var authority = request.CreateSelfSigned(from, to);
        File.WriteAllText(AuthorityFile, authority.ExportCertificatePem());

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var server = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName(HostName);
        server.CertificateExtensions.Add(names.Build());
        using var signed = server.Create(authority, from, to, [1, 2, 3]);
        File.WriteAllText(CertificateFile, signed.ExportCertificatePem());
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The authority's certificate.</summary>
    public string AuthorityFile => Path.Combine(folder, "ca.pem");

    /// <summary>The certificate that the authority has signed.</summary>
    public string CertificateFile => Path.Combine(folder, "server.pem");

    /// <summary>Its key.</summary>
    public string KeyFile => Path.Combine(folder, "server.key");

    /// <summary>Deletes the files.</summary>
    public void Dispose() => Directory.Delete(folder, recursive: true);
}
