using System.Collections.Immutable;
using System.Text;
using LastMile.Events.Testing.Pages;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Documentation.Tests;

/// <summary>
/// Compiles the documented C#. A block becomes a class: its statements are the body of a method, its methods and types are members, and
/// the base class in Snippets/ declares the names that the block uses.
/// </summary>
public sealed class DocumentedCodeTests
{
    private static readonly ImmutableArray<MetadataReference> References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Select(assembly => MetadataReference.CreateFromFile(assembly)),
    ];

    /// <summary>Each block, by its place.</summary>
    public static TheoryData<string> Places() => [.. BlockUse.BlocksFor<DocumentedCodeTests>().Select(block => block.ToString())];

    [Theory]
    [MemberData(nameof(Places))]
    public void A_block_compiles(string place)
    {
        var block = BlockUse.BlocksFor<DocumentedCodeTests>().Single(block => block.ToString() == place);

        var compilation = CSharpCompilation.Create(
            "Block",
            [CSharpSyntaxTree.ParseText(SourceOf(block), cancellationToken: TestContext.Current.CancellationToken)],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));

        Assert.Empty(compilation.GetDiagnostics(TestContext.Current.CancellationToken)
            .Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
    }

    private static string SourceOf(DocumentedBlock block)
    {
        // The syntax of scripts allows statements, methods and types side by side.
        var script = CSharpSyntaxTree.ParseText(block.Text, new CSharpParseOptions(kind: SourceCodeKind.Script));
        var (statements, members) = (new StringBuilder(), new StringBuilder());
        foreach (var member in script.GetCompilationUnitRoot().Members)
        {
            var line = block.Line + member.GetLocation().GetLineSpan().StartLinePosition.Line;
            (member is BaseMethodDeclarationSyntax or BaseTypeDeclarationSyntax ? members : statements)
                .AppendLine().AppendLine($"#line {line} \"{block.Page}\"").Append(member.ToString());
        }

        return $$"""
            {{Usings}}
            internal sealed class Block : Documentation.Tests.Snippets.{{BaseOf(block.Page)}}
            {
                private async Task RunAsync()
                {
                    {{statements}}
                }
                {{members}}
            }
            """;
    }

    private static string BaseOf(string page) => page switch
    {
        "docs/caching.md" => "CachingSnippet",
        _ => "Snippet",
    };

    private const string Usings =
        """
        using System;
        using System.Collections.Generic;
        using System.Linq;
        using System.Threading;
        using System.Threading.Tasks;
        using Documentation.Tests.Snippets;
        using LastMile.Events.Caching;
        using LastMile.Events.EntityFrameworkCore;
        using LastMile.Events.Messages;
        using LastMile.Events.Postgres;
        using LastMile.Events.Redis;
        using MassTransit;
        using Microsoft.AspNetCore.Builder;
        using Microsoft.EntityFrameworkCore;
        using Microsoft.Extensions.Caching.Hybrid;
        using Microsoft.Extensions.DependencyInjection;
        using StackExchange.Redis;
        """;
}
