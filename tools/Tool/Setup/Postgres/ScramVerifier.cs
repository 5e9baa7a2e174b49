using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LastMile.Events.Tool.Setup.Postgres;

/// <summary>
/// Creates the verifiers that PostgreSQL stores in place of passwords (RFC 5803):
/// <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>. A statement with a verifier shows no password on screens and in logs.
/// </summary>
internal static class ScramVerifier
{
    private const string Scheme = "SCRAM-SHA-256";
    private const int Iterations = 4096; // PostgreSQL's default.
    private const int SaltLength = 16;

    /// <summary>Returns a verifier of a password.</summary>
    /// <param name="password">The password.</param>
    /// <param name="stored">The verifier in use; returned if it matches the password; null for none.</param>
    public static string Of(string password, string? stored = null) =>
        stored is not null && IsOf(password, stored)
            ? stored
            : Compose(password, RandomNumberGenerator.GetBytes(SaltLength), Iterations);

    private static bool IsOf(string password, string stored)
    {
        if (stored.Split('$') is not [Scheme, var cost, _] || cost.Split(':') is not [var iterations, var salt])
            return false;
        return Compose(password, Convert.FromBase64String(salt), int.Parse(iterations, CultureInfo.InvariantCulture)) == stored;
    }

    private static string Compose(string password, byte[] salt, int iterations)
    {
        // PostgreSQL and its clients normalize passwords with SASLprep. NFKC is the step that changes common passwords.
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            password.Normalize(NormalizationForm.FormKC), salt, iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"{Scheme}${iterations}:{Convert.ToBase64String(salt)}"
            + $"${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }
}
