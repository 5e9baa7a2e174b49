using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LastMile.Events.Hosting;

/// <summary>
/// Accepts only server certificates that the configured CA has signed for the right host. The machine's own CAs do not count.
/// </summary>
internal sealed class CustomCaValidator
{
    private readonly X509Certificate2Collection certificates = [];
    private readonly string setting;

    /// <summary>Reads the CA's certificates.</summary>
    /// <param name="setting">The setting that names the file, for error messages.</param>
    /// <param name="file">A PEM file of one or more certificates.</param>
    public CustomCaValidator(string setting, string file)
    {
        this.setting = $"{setting} ({file})";
        certificates.ImportFromPemFile(file);
    }

    /// <summary>Why the last certificate was refused; null when it was accepted, or before the first one.</summary>
    public AuthenticationException? Refusal { get; private set; }

    /// <summary>Returns the error in the file that a setting names; null when the file is valid.</summary>
    public static string? Problem(string setting, string file)
    {
        try
        {
            return new CustomCaValidator(setting, file).certificates.Count > 0
                ? null
                : $"{setting} must be a PEM file of certificates; {file} contains none.";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return $"{setting} must be a PEM file of certificates; {file} can't be read: {e.Message}";
        }
    }

    /// <summary>Validates a server's certificate: a <see cref="RemoteCertificateValidationCallback"/>.</summary>
    /// <exception cref="AuthenticationException">The certificate is refused; the message says why and names the setting.</exception>
    public bool Validate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        Refusal = Judge(certificate, chain, errors) is { } reason ? new AuthenticationException(reason) : null;
        return Refusal is null ? true : throw Refusal;
    }

    private string? Judge(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null)
            return "the server presented no certificate";
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return $"the server's certificate is for another host: {certificate.Subject}";

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.CustomTrustStore.AddRange(certificates);
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        using var presented = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        return own.Build(presented)
            ? null
            : $"the server's certificate is not signed by the CA in {setting}: {own.ChainStatus.FirstOrDefault().StatusInformation}"
                .TrimEnd();
    }
}
