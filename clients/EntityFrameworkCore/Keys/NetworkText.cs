using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using NpgsqlTypes;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>Writes addresses as PostgreSQL does.</summary>
internal static class NetworkText
{
    private const int Groups = 8;

    public static string Of(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork ? address.ToString() : OfVersion6(address);

    public static string Of(NpgsqlInet inet) =>
        inet.Netmask == inet.Address.GetAddressBytes().Length * 8 ? Of(inet.Address) : WithLength(inet.Address, inet.Netmask);

    public static string Of(IPNetwork network) => WithLength(network.BaseAddress, network.PrefixLength);

    /// <param name="address">The hardware address.</param>
    /// <param name="bytes">
    /// The length of the column's addresses in bytes; PostgreSQL inserts ff:fe into the middle of a shorter one.
    /// </param>
    public static string Of(PhysicalAddress address, int bytes)
    {
        var own = address.GetAddressBytes();
        byte[] stored = own.Length < bytes ? [.. own[..3], 0xff, 0xfe, .. own[3..]] : own;
        return string.Join(':', stored.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
    }

    private static string WithLength(IPAddress address, int length) =>
        string.Create(CultureInfo.InvariantCulture, $"{Of(address)}/{length}");

    // ToString() writes an embedded IPv4 address in more cases than PostgreSQL, such as fe80::5efe:10.0.0.1.
    private static string OfVersion6(IPAddress address)
    {
        var bytes = address.GetAddressBytes();
        var groups = Enumerable.Range(0, Groups).Select(i => (bytes[2 * i] << 8) | bytes[(2 * i) + 1]).ToArray();
        var (start, length) = LongestRunOfZeros(groups);
        if (start == 0 && (length == 6 || (length == 5 && groups[5] == 0xffff)))
            return $"::{(length == 5 ? "ffff:" : "")}{new IPAddress(bytes.AsSpan(12)).ToString()}";

        var texts = groups.Select(group => group.ToString("x", CultureInfo.InvariantCulture)).ToArray();
        return length < 2
            ? string.Join(':', texts)
            : $"{string.Join(':', texts[..start])}::{string.Join(':', texts[(start + length)..])}";
    }

    // Returns the first one if several runs are equally long.
    private static (int Start, int Length) LongestRunOfZeros(int[] groups)
    {
        var longest = (Start: 0, Length: 0);
        for (var start = 0; start < groups.Length; start++)
        {
            var length = groups.Skip(start).TakeWhile(group => group == 0).Count();
            if (length > longest.Length)
                longest = (start, length);
        }

        return longest;
    }
}
