using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LastMile.Events.Tool.Installation;

/// <summary>Accepts only server certificates that a CA has signed for the right host, as services with <c>CaCertificate</c> do.</summary>
internal sealed class TrustedCa
{
    private readonly X509Certificate2Collection certificates = [];
    private readonly string file;

    public TrustedCa(string file)
    {
        this.file = file;
        certificates.ImportFromPemFile(file);
    }

    /// <summary>Returns why a file is not usable as a CA; null if it is.</summary>
    public static string? Problem(string file)
    {
        try
        {
            return new TrustedCa(file).certificates.Count > 0 ? null : "It contains no certificate.";
        }
        catch (Exception unusable) when (unusable is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return unusable.Message;
        }
    }

    /// <summary>Validates a certificate: a <see cref="RemoteCertificateValidationCallback"/>.</summary>
    /// <exception cref="AuthenticationException">The certificate is refused; the message says why.</exception>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
            throw new AuthenticationException("The server presented no certificate");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            throw new AuthenticationException($"The server's certificate is for another host: {certificate.Subject}");
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(certificates);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var presented = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return own.Build(presented)
            ? true
            : throw new AuthenticationException($"The server's certificate is not signed by the CA in {file}");
    }
}
