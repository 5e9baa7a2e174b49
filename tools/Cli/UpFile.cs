using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Tool.Installation;
using Npgsql;

namespace LastMile.Events.Cli;

/// <summary>
/// The files by which scripts and other commands find the running <c>up</c>: <c>.lastmile/fabric.json</c> holds all addresses,
/// <c>.lastmile/lastmile.json</c> is its installation file, and <c>.lastmile/up.pid</c> holds the process id. <c>up</c> deletes all of
/// them when it ends.
/// </summary>
internal sealed class UpFile : IDisposable
{
    private static readonly string Folder = Path.Combine(RunFolder.RepositoryFolder(), ".lastmile");
    private static readonly string PidPath = Path.Combine(Folder, "up.pid");
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // For people and scripts, not for HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly FileStream held;

    private UpFile(FileStream held) => this.held = held;

    public static string FabricPath { get; } = Path.Combine(Folder, "fabric.json");

    public static string InstallationPath { get; } = Path.Combine(Folder, InstallationOption.DefaultFile);

    /// <summary>Acquires the lock of <c>up</c>; returns null if another process holds it.</summary>
    public static UpFile? TryAcquire()
    {
        Directory.CreateDirectory(Folder);
        try
        {
            // The operating system releases the lock when the process ends. Others may still read the file.
            var lockFile = new FileStream(PidPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            lockFile.SetLength(0);
            lockFile.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            lockFile.Flush();
            return new UpFile(lockFile);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Returns the running <c>up</c> process; null if there is none.</summary>
    public static Process? FindProcess()
    {
        try
        {
            // If the file can be opened for writing, its process is dead.
            using var abandoned = new FileStream(PidPath, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException)
        {
            using var file = new FileStream(PidPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            return Process.GetProcessById(int.Parse(reader.ReadToEnd(), CultureInfo.InvariantCulture));
        }
    }

    public static void RequestEnd(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Returns a psql command that users can paste.</summary>
    public static string PsqlCommand(LastMileSystem system)
    {
        var database = new NpgsqlConnectionStringBuilder(system.Database.ConnectionString);
        return $"psql postgresql://{database.Username}:{database.Password}@{database.Host}:{database.Port}/{database.Database}";
    }

    /// <summary>Writes the addresses of all parts.</summary>
    public static async Task WriteAsync(LastMileSystem system, CancellationToken cancellationToken)
    {
        var content = new
        {
            postgres = system.Database.ConnectionString,
            rabbitmq = system.Servers.RabbitMq.Uri,
            primary = system.Servers.HasPrimary ? system.Servers.Primary.Endpoint : null,
            regions = system.Servers.Regions.ToDictionary(
                region => region.Name, region => region.AdministratorEndpoint, StringComparer.Ordinal),
            invalidator = Address(system.Invalidator),
            agents = system.Agents.ToDictionary(agent => agent.Key, agent => Address(agent.Value), StringComparer.Ordinal),
            storefronts = system.Storefronts.ToDictionary(
                storefront => storefront.Key, storefront => Address(storefront.Value), StringComparer.Ordinal),
        };
        await WriteAsync(InstallationPath, Installation(system), cancellationToken);
        await WriteAsync(FabricPath, content, cancellationToken);
    }

    public void Dispose()
    {
        File.Delete(FabricPath);
        File.Delete(InstallationPath);
        File.Delete(PidPath);
        held.Dispose();
    }

    // The file appears only when it is complete, because a script may wait for it. It holds passwords, so only its owner may read it.
    private static async Task WriteAsync<T>(string path, T content, CancellationToken cancellationToken)
    {
        var next = path + ".next";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var file = new FileStream(next, options))
        {
            await JsonSerializer.SerializeAsync(file, content, Json, cancellationToken);
        }

        File.Move(next, path, overwrite: true);
    }

    private static InstallationSettings Installation(LastMileSystem system) => new()
    {
        Applications = [RabbitMqUser.Application.Name],
        Postgres = new(system.Database.RelayConnectionString, system.Database.ConnectionString),
        Redis = system.Servers.HasPrimary ? new(system.Servers.Primary.EndpointAs(RedisUser.Invalidator)) : null,
        RabbitMq = new(system.BusAddressOf(RabbitMqUser.Invalidator).AbsoluteUri),
        Invalidator = new(new(Address(system.Invalidator))),
        Regions = system.Servers.Regions.ToDictionary(
            region => region.Name, region => InstallationOf(region, system), StringComparer.Ordinal),
    };

    private static RegionSettings InstallationOf(Region region, LastMileSystem system) => new(
        new(region.AgentEndpoint),
        region.Kind.ToString(),
        new(system.BusAddressOf(RabbitMqUser.Agent(region.Name)).AbsoluteUri),
        new(Address(system.Agents[region.Name])),
        region.ApplicationEndpoint)
    {
        PrimaryRedis = region.Primary is { } primary ? new(primary.EndpointAs(RedisUser.Agent)) : null,
        ApplicationPrimaryRedis = region.Primary?.EndpointAs(RedisUser.Application),
    };

    private static string Address(Service service) => service.Address.GetLeftPart(UriPartial.Authority);
}
