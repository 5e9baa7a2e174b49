using System.Text;

namespace LastMile.Events.Invalidator.Changes;

/// <summary>
/// The encoding of the database. Names from the bus and the API can be any Unicode text, but the log can store only the characters of this
/// encoding.
/// </summary>
internal sealed class DatabaseEncoding
{
    /// <summary>The encoding of a database that can store any text.</summary>
    public static readonly DatabaseEncoding Any = new("UTF8", encoding: null);

    // Maps PostgreSQL's names (table 24.3 of its manual) to .NET's. All other encodings include ASCII; for them, only ASCII is accepted.
    private static readonly Dictionary<string, string> Known = new(StringComparer.Ordinal)
    {
        ["LATIN1"] = "iso-8859-1",
        ["LATIN2"] = "iso-8859-2",
        ["LATIN3"] = "iso-8859-3",
        ["LATIN4"] = "iso-8859-4",
        ["LATIN5"] = "iso-8859-9",
        ["LATIN7"] = "iso-8859-13",
        ["LATIN9"] = "iso-8859-15",
        ["ISO_8859_5"] = "iso-8859-5",
        ["ISO_8859_6"] = "iso-8859-6",
        ["ISO_8859_7"] = "iso-8859-7",
        ["ISO_8859_8"] = "iso-8859-8",
        ["WIN866"] = "cp866",
        ["WIN874"] = "windows-874",
        ["WIN1250"] = "windows-1250",
        ["WIN1251"] = "windows-1251",
        ["WIN1252"] = "windows-1252",
        ["WIN1253"] = "windows-1253",
        ["WIN1254"] = "windows-1254",
        ["WIN1255"] = "windows-1255",
        ["WIN1256"] = "windows-1256",
        ["WIN1257"] = "windows-1257",
        ["WIN1258"] = "windows-1258",
        ["KOI8R"] = "koi8-r",
        ["KOI8U"] = "koi8-u",
        ["EUC_JP"] = "euc-jp",
        ["EUC_KR"] = "euc-kr",
        ["EUC_CN"] = "gb2312",
    };

    private readonly Encoding? encoding;

    private DatabaseEncoding(string name, Encoding? encoding) => (Name, this.encoding) = (name, encoding);

    /// <summary>PostgreSQL's name for it.</summary>
    public string Name { get; }

    /// <summary>Returns the encoding of a database.</summary>
    /// <param name="name">Its <c>server_encoding</c>; null when the server did not report it.</param>
    public static DatabaseEncoding Of(string? name) =>
        name is null or "UTF8" or "SQL_ASCII" ? Any : new(name, Find(Known.GetValueOrDefault(name, "us-ascii")));

    /// <summary>Returns whether the database can store the text.</summary>
    public bool Holds(string text)
    {
        if (encoding is null || Ascii.IsValid(text))
            return true;
        try
        {
            encoding.GetByteCount(text);
            return true;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Returns the text with a question mark in place of each character that the database can't store.</summary>
    public string? Fit(string? text) => text is null || Holds(text)
        ? text
        : string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()).Select(character => Holds(character) ? character : "?"));

    private static Encoding Find(string name) =>
        CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)
        ?? Encoding.GetEncoding(name, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);
}
