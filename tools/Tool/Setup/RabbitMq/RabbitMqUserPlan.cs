using System.Security.Cryptography;
using System.Text;

namespace LastMile.Events.Tool.Setup.RabbitMq;

/// <summary>A user of RabbitMQ and its permissions on the virtual host.</summary>
internal sealed record RabbitMqUserPlan(string Name, string Password, string Configure, string Write, string Read)
{
    /// <summary>The name of the hash algorithm.</summary>
    public const string Algorithm = "rabbit_password_hashing_sha256";

    private const int SaltLength = 4;

    /// <summary>Returns a new hash of the password: four bytes of salt, then the SHA-256 of salt and password.</summary>
    public string Hash() => Hash(RandomNumberGenerator.GetBytes(SaltLength));

    /// <summary>Returns whether a hash matches the password.</summary>
    public bool Matches(string hash)
    {
        var bytes = new byte[hash.Length];
        return Convert.TryFromBase64String(hash, bytes, out var length) && length > SaltLength && Hash(bytes[..SaltLength]) == hash;
    }

    private string Hash(byte[] salt) =>
        Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(Password)])]);
}
